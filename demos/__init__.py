"""Runnable lessons: `python -m demos.blog_neuron`, and so on; pictures land in out/."""
