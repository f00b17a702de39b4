/** @file Paths of a PyTorch state dict in the names of this library, by the rule that the library itself loads them with. */
export { fromTorchName as fromTorch } from "@tapegrad/nn";
