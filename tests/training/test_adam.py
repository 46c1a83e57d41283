"""Adam beside torch's own."""

import torch

from densevec.training.adam import Adam


def test_the_steps_are_those_of_torch() -> None:
    ours = [torch.nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4)), torch.nn.Parameter(torch.ones(2))]
    theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in ours]
    adam = Adam(ours, 0.05, decay=0.1)
    reference = torch.optim.AdamW(theirs, 0.05, weight_decay=0.1)
    for step in range(20):
        reference.param_groups[0]["lr"] = 0.05 * (1 - step / 20)
        for matrix, vector in (ours, theirs):
            ((matrix**3).sum() + (matrix * (step - 7)).sin().sum() + (vector**2).sum()).backward()
        adam.step(1 - step / 20)
        reference.step()
        reference.zero_grad()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
    assert ours[0].grad is None
