"""The workloads in PyTorch on one thread, in the same conversation as serve.mjs: one line of JSON each way."""

import json
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)

TOLERANCE = 1e-3
PATIENCE = 8
EPSILON = 1e-5
RATE = 0.1


def read_problems(folder):
    def numbers(entry):
        dtype = torch.int32 if entry["dtype"] == "int32" else torch.float32
        with open(f"{folder}/{entry['file']}", "rb") as file:
            data = bytearray(file.read())
        return torch.frombuffer(data, dtype=dtype).reshape(entry["shape"]).clone()

    with open(f"{folder}/manifest.json", encoding="utf8") as file:
        problems = json.load(file)
    for problem in problems:
        for part in ("inputs", "expected"):
            problem[part] = {name: numbers(entry) for name, entry in problem[part].items()}
    return problems


def require_close(what, found, expected, slack=0.0):
    found = found.detach().reshape(expected.shape)
    gap = (found - expected).abs().max().item()
    largest = expected.abs().max().item()
    if not gap <= TOLERANCE * largest + slack:
        raise ValueError(f"wrong {what}: {gap} off, where the largest is {largest}")


def products(problem):
    a, b, places = (problem["inputs"][name] for name in ("a", "b", "places"))
    transposed = problem["parameters"]["transposed"]
    left = a.t() if transposed == "a" else a
    right = b.t() if transposed == "b" else b

    def run():
        return torch.mm(left, right)

    def check():
        found = run().flatten()[places.long()]
        require_close("product", found, problem["expected"]["values"])

    return [(problem["name"], "mm", lambda: (run, check))]


def chain(problem):
    name, inputs, expected = problem["name"], problem["inputs"], problem["expected"]

    def value(x, a, b):
        return (torch.sigmoid(a * x + b) * x).mean()

    def operands():
        return [inputs[key].clone().requires_grad_() for key in ("x", "a", "b")]

    def forward():
        operand = operands()

        def run():
            with torch.no_grad():
                return value(*operand)

        return run, lambda: require_close("value", run(), expected["value"])

    def gradient():
        operand = operands()

        def run():
            return torch.autograd.grad(value(*operand), operand)

        def check():
            require_close("value", value(*operand), expected["value"])
            for key, found in zip(("x", "a", "b"), run()):
                require_close(f"gradient of {key}", found, expected[key])

        return run, check

    return [
        (f"{name}: forward", "eager", forward),
        (f"{name}: forward + gradient", "eager", gradient),
    ]


def composite(z, gamma, beta, axes):
    centered = z - z.mean(axes, keepdim=True)
    variance = centered.square().mean(axes, keepdim=True)
    return centered / torch.sqrt(variance + EPSILON) * gamma + beta


def fused(z, gamma, beta):
    return F.batch_norm(z, None, None, gamma, beta, True, 0.1, EPSILON)


def batch_norm(problem):
    name, inputs, expected = problem["name"], problem["inputs"], problem["expected"]
    channel_axis = problem["parameters"]["channelAxis"]
    rank = inputs["x"].dim()
    is_last = rank == 4 and channel_axis == 3

    def stored(t):
        # channels last is NCHW with other strides, which is how PyTorch wants it
        return t.permute(0, 3, 1, 2) if is_last and t.dim() == 4 else t

    axes = (0,) if rank == 2 else (0, 2, 3)
    per_channel = (-1,) if rank == 2 else (1, -1, 1, 1)

    def prepare(is_fused):
        x, gamma, beta = (
            stored(inputs[key]).detach().requires_grad_() for key in ("x", "gamma", "beta")
        )
        cotangent = stored(inputs["cotangent"])

        def run():
            if is_fused:
                y = fused(x, gamma, beta)
            else:
                y = composite(x, gamma.view(per_channel), beta.view(per_channel), axes)
            return (y,) + torch.autograd.grad(y, (x, gamma, beta), cotangent)

        def check():
            for key, found in zip(("output", "xBar", "gammaBar", "betaBar"), run()):
                require_close(key, found, stored(expected[key]))

        return run, check

    return [
        (name, "composite", lambda: prepare(False)),
        (name, "fused", lambda: prepare(True)),
    ]


def training(problem, loss):
    inputs, expected = problem["inputs"], problem["expected"]
    names = [name for name in inputs if name not in ("x", "labels")]
    parameters = {name: inputs[name].clone().requires_grad_() for name in names}
    every = list(parameters.values())
    x, labels = inputs["x"], inputs["labels"].long()

    def step():
        value = loss(parameters, x, labels)
        gradients = torch.autograd.grad(value, every)
        with torch.no_grad():
            for parameter, gradient in zip(every, gradients):
                parameter.add_(gradient, alpha=-RATE)
        return value.item()

    def check():
        losses = torch.tensor([step() for _ in expected["losses"]])
        require_close("losses", losses, expected["losses"])
        # the gradient is one vector; single precision loses part of a small change of a large number
        def changes(of):
            return torch.cat([(of[name].detach() - inputs[name]).flatten() for name in names])

        require_close("parameters", changes(parameters), changes(expected), 3e-7)

    return step, check


def network(problem):
    is_normalized = problem["name"] == "batch norm"

    def loss_with(is_fused):
        def loss(p, x, labels):
            h = x
            for i in range(3):
                if not is_normalized:
                    z = torch.addmm(p[f"bias{i}"], h, p[f"weight{i}"])
                elif is_fused:
                    z = fused(h @ p[f"weight{i}"], p[f"gamma{i}"], p[f"beta{i}"])
                else:
                    z = composite(h @ p[f"weight{i}"], p[f"gamma{i}"], p[f"beta{i}"], (0,))
                h = torch.sigmoid(z)
            return F.cross_entropy(torch.addmm(p["bias3"], h, p["weight3"]), labels)

        return loss

    def one(variant, is_fused):
        return (problem["name"], variant, lambda: training(problem, loss_with(is_fused)))

    if not is_normalized:
        return [one("eager", False)]
    return [one("composite", False), one("fused", True)]


def conv_net(problem):
    def loss_with(is_fused):
        def layer(h, p, i, stride):
            z = F.conv2d(h, p[f"kernel{i}"], stride=stride, padding=1)
            gamma, beta = p[f"gamma{i}"], p[f"beta{i}"]
            if is_fused:
                return F.relu(fused(z, gamma, beta))
            per_channel = (1, -1, 1, 1)
            return F.relu(composite(z, gamma.view(per_channel), beta.view(per_channel), (0, 2, 3)))

        def loss(p, x, labels):
            pooled = layer(layer(x, p, 1, 1), p, 2, 2).mean((2, 3))
            return F.cross_entropy(torch.addmm(p["bias"], pooled, p["weight"]), labels)

        return loss

    return [
        (problem["name"], "composite", lambda: training(problem, loss_with(False))),
        (problem["name"], "fused", lambda: training(problem, loss_with(True))),
    ]


def additions(problem):
    name, inputs, expected = problem["name"], problem["inputs"], problem["expected"]
    count = problem["parameters"]["additions"]
    x, cotangent = inputs["x"], inputs["cotangent"]
    step = torch.full(x.shape, problem["parameters"]["step"])

    def chained(y):
        for _ in range(count):
            y = y + step
        return y

    def plain():
        def run():
            with torch.no_grad():
                return chained(x)

        return run, lambda: require_close("output", run(), expected["output"])

    def recording():
        start = x.clone().requires_grad_()

        def run():
            return chained(start)

        return run, lambda: require_close("output", run(), expected["output"])

    def backward():
        start = x.clone().requires_grad_()

        def run():
            return torch.autograd.grad(chained(start), start, cotangent)

        return run, lambda: require_close("xBar", run()[0], expected["xBar"])

    return [
        (name, "plain", plain),
        (name, "recording", recording),
        (name, "recording + backward", backward),
    ]


WORKLOADS = {
    "W1": products,
    "W2": chain,
    "W3": batch_norm,
    "W4": batch_norm,
    "W5": network,
    "W6": conv_net,
    "W7": additions,
}


def times_of(run, order):
    clock = time.perf_counter
    start = clock()
    while True:
        run()
        if (clock() - start) * 1e3 >= order["warmUpMs"]:
            break
    times = []
    start = now = clock()
    while (now - start) * 1e3 < order["timeMs"] or len(times) < order["calls"]:
        run()
        end = clock()
        times.append((end - now) * 1e3)
        now = end
        if (now - start) * 1e3 > PATIENCE * order["timeMs"]:
            break
    return times


def say(value):
    print(json.dumps(value), flush=True)


def serve(workload, folder):
    cases = [case for problem in read_problems(folder) for case in WORKLOADS[workload](problem)]
    offered = [{"problem": problem, "variant": variant} for problem, variant, _ in cases]
    say({"about": f"PyTorch {torch.__version__}, one thread", "cases": offered})
    ready = {}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["case"] not in ready:
                run, check = cases[order["case"]][2]()
                check()
                ready[order["case"]] = run
            say({"times": times_of(ready[order["case"]], order)})
        except Exception as error:  # whatever it is, the benchmark prints it
            say({"failure": str(error).split("\n")[0]})


serve(sys.argv[1], sys.argv[2])
