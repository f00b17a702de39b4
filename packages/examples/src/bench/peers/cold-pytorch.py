"""W8 in PyTorch: import, and one gradient of a small network."""

import json

import torch

torch.set_num_threads(1)


def waves(rows, columns):
    return torch.sin(torch.arange(1.0, 1.0 + rows * columns)).reshape(rows, columns) * 0.3


x, w1, w2 = waves(8, 16), waves(16, 32).requires_grad_(), waves(32, 4).requires_grad_()
loss = (torch.tanh(x @ w1) @ w2).square().mean()
loss.backward()
print(json.dumps({"numbers": [loss.item(), w1.grad.abs().sum().item(), w2.grad.abs().sum().item()]}))
