/**
 * @file A consumer who checks a function of their own with `@tapegrad/autograd/testing`; compiled and
 * run by smoke.ts in a project that has the packed autograd and fast-check, and nothing else.
 */

import { OpError } from "@tapegrad/autograd";
import fc from "fast-check";

fc.assert(fc.property(fc.string(), (op) => typeof OpError === "function" && op.length >= 0));
