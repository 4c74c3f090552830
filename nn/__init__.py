"""Neurons, layers and models made of Values; losses, optimisers, training and saving.

Built on what `autograd` exports, and nothing else.
"""

from nn import requirement, schedules  # noqa: F401  # first of all: is this our autograd?
from nn.activations import ACTIVATIONS
from nn.diagnosing import diagnose
from nn.initialisations import INITIALISATIONS
from nn.interchange_safetensors import load_safetensors, save_safetensors
from nn.interchange_torch import from_torch, to_torch
from nn.layers import MLP, Embedding, Layer, Neuron, Sequential
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    mse_loss,
)
from nn.module import Module
from nn.optimisers import SGD, Adam, AdamW, Optimizer, clip_grad_norm_, clip_grad_value_
from nn.plots import Recording, animate_boundary, plot_boundary, plot_layers, plot_losses
from nn.saving import load, save
from nn.training import History, batches, fit

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Embedding",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "Recording",
    "Sequential",
    "animate_boundary",
    "batches",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm_",
    "clip_grad_value_",
    "cross_entropy",
    "diagnose",
    "fit",
    "from_torch",
    "hinge_loss",
    "load",
    "load_safetensors",
    "mse_loss",
    "plot_boundary",
    "plot_layers",
    "plot_losses",
    "save",
    "save_safetensors",
    "schedules",
    "to_torch",
]
