"""Adam beside torch's own."""

import torch

from densevec.training.adam import Adam


def test_the_steps_are_those_of_torch() -> None:
    ours = [torch.nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4)), torch.nn.Parameter(torch.ones(2))]
    theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in ours]
    adam = Adam(ours, 0.05)
    reference = torch.optim.Adam(theirs, 0.05, foreach=False)
    for step in range(20):
        reference.param_groups[0]["lr"] = 0.05 * (1 - step / 20)
        for matrix, vector in (ours, theirs):
            ((matrix**3).sum() + (matrix * (step - 7)).sin().sum() + (vector**2).sum()).backward()
        adam.step(1 - step / 20)
        reference.step()
        reference.zero_grad()
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one, other)
    assert ours[0].grad is None


def test_a_parameter_without_a_gradient_takes_no_step() -> None:
    """Its own count of steps is what its averages are corrected by, as in torch."""
    ours = [torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(3))]
    theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in ours]
    adam, reference = Adam(ours, 0.1), torch.optim.Adam(theirs, 0.1)
    for step in range(4):
        for always, sometimes in (ours, theirs):
            ((always**2).sum() + ((sometimes**3).sum() if step % 2 else 0)).backward()
        assert (ours[1] in adam.moments) == (step > 1)
        adam.step(1.0)
        reference.step()
        reference.zero_grad()
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one, other)
    assert [moments.step for moments in adam.moments.values()] == [4, 2]
