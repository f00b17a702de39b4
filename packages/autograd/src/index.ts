export {
  AxisError,
  DTypeError,
  FormatError,
  GradientError,
  OpError,
  ShapeError,
  ValueError,
} from "./errors.ts";
