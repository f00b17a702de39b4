/** What this process has computed: `npm run test:compiled` counts it for each test. */
export const programs = {
  /** Compiled programs that have run. */
  run: 0,
  /** Kernels that were asked for. */
  kernels: 0,
};
