"""Runnable lessons: `python -m demos.blog_neuron` and others; pictures are written to out/."""
