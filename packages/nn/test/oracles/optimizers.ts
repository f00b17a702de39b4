/**
 * @file The optimisers again, written from their sources as loops over plain numbers. Imports nothing from src.
 *
 * Each makes a function that is called once a step with a parameter and its gradient, flat, and gives the new
 * parameter. `g` includes a coupled decay already.
 */

export type PlainStep = (p: readonly number[], g: readonly number[]) => number[];

interface Adaptive {
  readonly lr: number;
  readonly b1: number;
  readonly b2: number;
  readonly eps: number;
}

/** Averages of gradients and of their squares, not corrected. */
function moments({ b1, b2 }: Adaptive): (g: readonly number[]) => {
  readonly t: number;
  readonly m: readonly number[];
  readonly v: readonly number[];
} {
  let [t, m, v]: [number, number[], number[]] = [0, [], []];
  return (g) => {
    t++;
    m = g.map((x, i) => b1 * (m[i] ?? 0) + (1 - b1) * x);
    v = g.map((x, i) => b2 * (v[i] ?? 0) + (1 - b2) * x * x);
    return { t, m, v };
  };
}

const map2 = (
  p: readonly number[],
  g: readonly number[],
  f: (p: number, g: number, i: number) => number,
): number[] => p.map((x, i) => f(x, g[i]!, i));

/** The first velocity is the first gradient. */
export function sgd(lr: number, momentum: number, dampening: number, nesterov: boolean): PlainStep {
  let velocity: number[] | null = null;
  return (p, g) => {
    const v: number[] =
      velocity === null
        ? [...g]
        : map2(velocity, g, (old, x) => momentum * old + (1 - dampening) * x);
    velocity = v;
    return map2(p, g, (x, gi, i) => x - lr * (nesterov ? gi + momentum * v[i]! : v[i]!));
  };
}

export function adam(options: Adaptive & { readonly amsgrad?: boolean }): PlainStep {
  const { lr, b1, b2, eps, amsgrad = false } = options;
  const next = moments(options);
  let largest: number[] = [];
  return (p, g) => {
    const { t, m, v } = next(g);
    largest = v.map((x, i) => Math.max(x, largest[i] ?? 0));
    const square = amsgrad ? largest : v;
    return p.map((x, i) => {
      const mHat = m[i]! / (1 - b1 ** t);
      const vHat = square[i]! / (1 - b2 ** t);
      return x - (lr * mHat) / (Math.sqrt(vHat) + eps);
    });
  };
}

export function adamW(options: Adaptive, decay: number): PlainStep {
  const inner = adam(options);
  return (p, g) => map2(p, inner(p, g), (old, next) => next - options.lr * decay * old);
}

export function adamax({ lr, b1, b2, eps }: Adaptive): PlainStep {
  let [t, m, u]: [number, number[], number[]] = [0, [], []];
  return (p, g) => {
    t++;
    m = g.map((x, i) => b1 * (m[i] ?? 0) + (1 - b1) * x);
    u = g.map((x, i) => Math.max(b2 * (u[i] ?? 0), Math.abs(x) + eps));
    return p.map((x, i) => x - ((lr / (1 - b1 ** t)) * m[i]!) / u[i]!);
  };
}

/** With PyTorch 1.13's second denominator, which has μₜ twice. */
export function nadam(options: Adaptive, momentumDecay: number): PlainStep {
  const { lr, b1, b2, eps } = options;
  const next = moments(options);
  const mu = (t: number): number => b1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
  let product = 1;
  return (p, g) => {
    const { t, m, v } = next(g);
    product *= mu(t);
    return map2(p, g, (x, gi, i) => {
      const nesterov =
        ((1 - mu(t)) / (1 - product)) * gi +
        (mu(t + 1) / (1 - product * mu(t) * mu(t + 1))) * m[i]!;
      return x - (lr * nesterov) / (Math.sqrt(v[i]! / (1 - b2 ** t)) + eps);
    });
  };
}

/** Also says in `rectified` at which steps the rectified form was used. */
export function radam(options: Adaptive, rectified: boolean[]): PlainStep {
  const { lr, b1, b2, eps } = options;
  const next = moments(options);
  const limit = 2 / (1 - b2) - 1;
  return (p, g) => {
    const { t, m, v } = next(g);
    const rho = limit - (2 * t * b2 ** t) / (1 - b2 ** t);
    rectified.push(rho > 5);
    return p.map((x, i) => {
      const mHat = m[i]! / (1 - b1 ** t);
      if (rho <= 5) return x - lr * mHat;
      const r = Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho));
      // ε stands beside √v, before its correction
      return x - (lr * mHat * r * Math.sqrt(1 - b2 ** t)) / (Math.sqrt(v[i]!) + eps);
    });
  };
}

export function rmsprop(
  lr: number,
  options: {
    readonly alpha: number;
    readonly eps: number;
    readonly centered: boolean;
    readonly momentum: number;
  },
): PlainStep {
  const { alpha, eps, centered, momentum } = options;
  let [s, a, b]: [number[], number[], number[]] = [[], [], []];
  return (p, g) => {
    s = g.map((x, i) => alpha * (s[i] ?? 0) + (1 - alpha) * x * x);
    a = g.map((x, i) => alpha * (a[i] ?? 0) + (1 - alpha) * x);
    b = g.map((x, i) => {
      const variance = centered ? s[i]! - a[i]! ** 2 : s[i]!;
      return momentum * (b[i] ?? 0) + x / (Math.sqrt(variance) + eps);
    });
    return p.map((x, i) => x - lr * b[i]!);
  };
}

export function adagrad(lr: number, lrDecay: number, start: number, eps: number): PlainStep {
  let [t, s]: [number, number[]] = [0, []];
  return (p, g) => {
    t++;
    s = g.map((x, i) => (s[i] ?? start) + x * x);
    return map2(p, g, (x, gi, i) => {
      return x - ((lr / (1 + (t - 1) * lrDecay)) * gi) / (Math.sqrt(s[i]!) + eps);
    });
  };
}

export function adadelta(lr: number, rho: number, eps: number): PlainStep {
  let [s, d]: [number[], number[]] = [[], []];
  return (p, g) => {
    s = g.map((x, i) => rho * (s[i] ?? 0) + (1 - rho) * x * x);
    const delta = g.map((x, i) => (Math.sqrt((d[i] ?? 0) + eps) / Math.sqrt(s[i]! + eps)) * x);
    d = delta.map((x, i) => rho * (d[i] ?? 0) + (1 - rho) * x * x);
    return p.map((x, i) => x - lr * delta[i]!);
  };
}

export function lion(lr: number, b1: number, b2: number, decay: number): PlainStep {
  let m: number[] = [];
  return (p, g) => {
    const c = g.map((x, i) => b1 * (m[i] ?? 0) + (1 - b1) * x);
    m = g.map((x, i) => b2 * (m[i] ?? 0) + (1 - b2) * x);
    return p.map((x, i) => x - lr * (Math.sign(c[i]!) + decay * x));
  };
}

export function lamb(options: Adaptive, decay: number): PlainStep {
  const { lr, b1, b2, eps } = options;
  const next = moments(options);
  return (p, g) => {
    const { t, m, v } = next(g);
    const u = p.map((x, i) => {
      return m[i]! / (1 - b1 ** t) / (Math.sqrt(v[i]! / (1 - b2 ** t)) + eps) + decay * x;
    });
    const [length, size] = [Math.hypot(...p), Math.hypot(...u)];
    const ratio = length > 0 && size > 0 ? length / size : 1;
    return p.map((x, i) => x - lr * ratio * u[i]!);
  };
}
