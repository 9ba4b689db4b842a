"""Makes the golden file of the generative methods: generative.json.

    pip install torch numpy pytorch-metric-learning info-nce-pytorch lightly
    python3 tests/golden/make_generative.py

Whole networks in f64 with torch: three steps of autoencoders, VAEs and GANs with given views and given noise. Each step has its loss, terms and
gradient by every weight, and what it leaves behind. VAE divergences are compared with torch.distributions, autoencoders' losses with
torch.nn.MSELoss, a GAN's with binary_cross_entropy_with_logits, which the step itself does not use. There are no random numbers: every
input is made of sines and is a multiple of 1/256. README.md says what the fields mean.
"""

import torch
import torch.nn.functional as F

from make import GAP, check, checks, number, numbers, quantized, write
from make_methods import ACTIVATIONS, batch_norm, flatten, linear, make_encoder, make_head, network_inputs, out_width, run_chain, widths

torch.set_num_threads(1)
NOISE_DIMENSION = 2


def make_decoder(config, inputs, outputs, phase):
    """The encoder's hidden layers in reverse order, or one linear map."""
    parts = []
    for index, width in enumerate(reversed(widths(config) if config.get("decoder", "mirror") == "mirror" else [])):
        parts.append(linear(inputs, width, phase + 5 * index))
        if config["norm"] == "hidden":
            parts.append(batch_norm(width, phase + 5 * index + 2))
        parts.append(ACTIVATIONS[config["activation"]]())
        inputs = width
    parts.append(linear(inputs, outputs, phase + 31))
    return torch.nn.Sequential(*parts)


def make_networks(config, input_dim, phase):
    """Encoder and head, then decoder, or logit and generator."""
    width = out_width(config)
    doubled = 2 if config["method"] == "vae" else 1
    outputs = {**config, "dim": doubled * config["dim"] if config["head"] == "none" else config["dim"]}
    networks = {
        "encoder": make_encoder(outputs, input_dim, phase),
        "head": make_head(config["head"], config["dim"], config.get("head_width"), doubled * width, phase + 51),
    }
    if config["method"] == "gan":
        networks["logit"] = torch.nn.Sequential(linear(width, 1, phase + 61))
        networks["generator"] = make_decoder(config, NOISE_DIMENSION, input_dim, phase + 81)
    else:
        networks["decoder"] = make_decoder(config, width, input_dim, phase + 71)
    return torch.nn.ModuleDict(networks)


def wanted(config, step):
    if config.get("rebuild") == "clean":
        return step["clean"]
    if config.get("rebuild") == "other":
        return step["inputs"].roll(len(step["inputs"]) // 2, 0)
    return step["inputs"]


def rebuild(config, networks, step, kinks):
    """The loss of an autoencoder or a VAE, and what is seen of it."""
    z = run_chain(networks["head"], run_chain(networks["encoder"], step["inputs"], kinks=kinks), kinks=kinks)
    target = wanted(config, step)
    if config["method"] == "autoencoder":
        code = F.normalize(z, dim=1) if config.get("code") == "sphere" else z
        back = run_chain(networks["decoder"], code, kinks=kinks)
        loss = (back - target).square().mean()
        check("autoencoder with torch.nn.MSELoss", loss, torch.nn.MSELoss()(back, target))
        return loss, z, back, {"reconstruction": loss}
    mean, log_variance = z.chunk(2, 1)
    code = mean + torch.exp(log_variance / 2) * step["noise"]
    back = run_chain(networks["decoder"], code, kinks=kinks)
    divergence = (-0.5 * (1 + log_variance - mean.square() - log_variance.exp())).sum(1).mean()
    prior = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    posterior = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    check("VAE with torch.distributions", divergence, torch.distributions.kl_divergence(posterior, prior).sum(1).mean())
    loss = (back - target).square().sum(1).mean() / (2 * config["sigma"] ** 2) + config["beta"] * divergence
    return loss, mean, back, {"reconstruction": (back - target).square().mean(), "kl": divergence}


def discriminate(networks, rows, kinks):
    z = run_chain(networks["head"], run_chain(networks["encoder"], rows, kinks=kinks), kinks=kinks)
    return z, run_chain(networks["logit"], z, kinks=kinks)


def optimizer(config, values, lr):
    if config["optimizer"] == "sgd":
        return torch.optim.SGD(values, lr=lr, momentum=config["momentum"])
    return torch.optim.Adam(values, lr=lr, betas=(config["beta1"], 0.999), eps=1e-8)


def by(loss, values):
    return flatten(torch.autograd.grad(loss, values, retain_graph=True)).detach()


def set_slopes(loss, values):
    for value, slope in zip(values, torch.autograd.grad(loss, values)):
        value.grad = slope


def running(networks):
    norms = [part for network in networks.values() for part in network if isinstance(part, torch.nn.BatchNorm1d)]
    return [{"mean": numbers(norm.running_mean), "variance": numbers(norm.running_var)} for norm in norms]


def rebuilding_step(config, networks, optimizers, step, kinks):
    values = list(networks.parameters())
    loss, z, back, terms = rebuild(config, networks, step, kinks)
    found = {"loss": loss.detach(), "z": z.detach(), "back": back.detach(), "terms": terms, "gradient": by(loss, values)}
    set_slopes(loss, values)
    optimizers[0].step()
    return found


def playing_step(config, networks, optimizers, step, kinks):
    """The discriminator's turn, then the generator's against it, with the same noise."""
    judge = [value for name in ("encoder", "head", "logit") for value in networks[name].parameters()]
    maker = list(networks["generator"].parameters())
    made = run_chain(networks["generator"], step["noise"], kinks=kinks)
    z, real = discriminate(networks, step["inputs"], kinks)
    _, fake = discriminate(networks, made.detach(), kinks)
    loss = -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()
    reference = F.binary_cross_entropy_with_logits(real, torch.ones_like(real)) + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    check("GAN with binary_cross_entropy_with_logits", loss, reference)
    found = {"loss": loss.detach(), "z": z.detach(), "back": torch.cat([real, fake]).detach()}
    slopes = by(loss, judge)
    set_slopes(loss, judge)
    optimizers[0].step()
    _, again = discriminate(networks, made, kinks)
    if config["game"] == "minimax":
        own = torch.log(1 - torch.sigmoid(again)).mean()
    else:
        own = -torch.log(torch.sigmoid(again)).mean()
    found["gradient"] = torch.cat([slopes, by(own, maker)])
    set_slopes(own, maker)
    optimizers[1].step()
    scores = {"real_score": torch.sigmoid(real).mean(), "made_score": torch.sigmoid(fake).mean()}
    return {**found, "terms": {"discriminator_loss": loss, "generator_loss": own, **scores}}


def case(name, config, input_dim, n, start=0):
    """Three steps, at the first phase at which no ReLU's input is near zero and no number is tiny or huge."""
    for phase in range(start, start + 60):
        networks = make_networks(config, input_dim, phase)
        parameters = flatten(networks.parameters()).detach()
        if config["method"] == "gan":
            judge = [value for part in ("encoder", "head", "logit") for value in networks[part].parameters()]
            optimizers = [optimizer(config, judge, config["lr"]), optimizer(config, networks["generator"].parameters(), config["generator_lr"])]
        else:
            optimizers = [optimizer(config, networks.parameters(), config["lr"])]
        width = NOISE_DIMENSION if config["method"] == "gan" else out_width(config)
        steps, kinks = [], []
        for index in range(3):
            at = phase + 17 * index
            i, k = torch.arange(2.0 * n)[:, None], torch.arange(float(width))[None, :]
            given = {
                "inputs": network_inputs(n, input_dim, at),
                "clean": network_inputs(n, input_dim, at + 3),
                "noise": quantized(1.2 * torch.sin(3 * at + 2.9 * i + 1.7 * k + 0.8 * i * k)),
            }
            advance = playing_step if config["method"] == "gan" else rebuilding_step
            found = advance(config, networks, optimizers, given, kinks)
            terms = {key: number(value.detach()) for key, value in found.pop("terms").items()}
            left = {"parameters": numbers(flatten(networks.parameters()).detach()), "running": running(networks)}
            steps.append({**{key: numbers(value) for key, value in {**given, **found}.items()}, "terms": terms, **left})
        sound = all(0.05 < abs(step["loss"]) < 200 and 0.02 < max(map(abs, step["gradient"])) < 200 for step in steps)
        if min(kinks, default=1) > GAP and sound:
            return {"name": name, "config": config, "input_dim": input_dim, "parameters": numbers(parameters), "steps": steps}
    raise ValueError(f"{name}: no phase is sound")


def body(layers="6", activation="tanh", dim=2, norm="none", head="none", head_width=5, head_dim=0, lr=0.05):
    config = {"layers": layers, "activation": activation, "dim": dim, "norm": norm, "head": head}
    if head != "none":
        config["head_dim"] = head_dim
    if head == "mlp":
        config["head_width"] = head_width
    return {**config, "optimizer": "sgd", "momentum": 0.5, "lr": lr}


def auto(rebuild="view", code="free", **given):
    return {"method": "autoencoder", "rebuild": rebuild, "code": code, **body(**given)}


def vae(sigma=0.5, beta=1.0, rebuild="view", **given):
    return {"method": "vae", "rebuild": rebuild, "sigma": sigma, "beta": beta, **body(**{"lr": 0.02, **given})}


def gan(game="nonsaturating", generator_lr=0.1, **given):
    return {"method": "gan", "game": game, "generator_lr": generator_lr, **body(**given)}


def cases():
    table = [
        ("autoencoder", auto(), 2),
        ("autoencoder-clean", auto("clean", layers="7,5"), 3),
        ("autoencoder-other", auto("other", activation="gelu"), 4),
        ("autoencoder-sphere", auto(code="sphere", dim=3), 4),
        ("autoencoder-relu", auto(layers="6,6", activation="relu"), 2),
        ("autoencoder-linear-decoder", {**auto(), "decoder": "linear"}, 3),
        ("autoencoder-norm", auto(norm="hidden"), 2),
        ("autoencoder-head", auto(head="mlp", dim=4, head_dim=2), 3),
        ("autoencoder-linear", auto(layers="none"), 4),
        ("vae", vae(), 2),
        ("vae-beta", vae(beta=4.0, activation="gelu"), 4),
        ("vae-sharp", vae(sigma=0.3, layers="7,5", lr=0.005), 3),
        ("vae-clean", vae(rebuild="clean", activation="relu"), 2),
        ("vae-other", vae(rebuild="other", dim=3), 4),
        ("vae-norm", vae(norm="hidden"), 3),
        ("vae-head", vae(head="linear", dim=5, head_dim=2), 3),
        ("vae-mlp-head", vae(head="mlp", dim=4, head_dim=3), 3),
        ("vae-no-prior", vae(beta=0.0), 2),
        ("gan", gan(), 2),
        ("gan-minimax", gan("minimax"), 2),
        ("gan-relu", gan(layers="6,5", activation="relu"), 2),
        ("gan-norm", gan(norm="hidden"), 3),
        ("gan-head", gan(head="mlp", dim=4, head_dim=3), 2),
        ("gan-linear-generator", {**gan(activation="gelu"), "decoder": "linear"}, 3),
        ("gan-adam", {**gan(generator_lr=0.02, lr=0.01), "optimizer": "adam", "beta1": 0.5}, 2),
        ("vae-adam", {**vae(lr=0.01), "optimizer": "adam", "beta1": 0.8}, 3),
    ]
    return [case(name, config, input_dim, 3 + index % 3, start=100 * index) for index, (name, config, input_dim) in enumerate(table)]


if __name__ == "__main__":
    write("generative.json", cases())
    for name, times in sorted(checks.items()):
        print(f"  agrees: {name} ({times})")
