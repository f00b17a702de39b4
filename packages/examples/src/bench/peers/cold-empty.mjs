/** @file W8: a process that does nothing, the floor of the others. */
console.log("{}");
