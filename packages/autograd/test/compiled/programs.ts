/** How many compiled programs have run in this process: `npm run test:compiled` counts them for each test. */
export const programs = { count: 0 };
