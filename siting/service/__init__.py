"""The planning desk as a local service: a page and an HTTP API upon scenarios and results.

It listens on the loopback address alone and needs the ``web`` extra. ``guard`` decides who may ask,
``shelf`` what there is, ``desks`` holds plans that are being pushed around, ``jobs`` runs solves in
processes of their own, and ``app`` puts routes upon them.
"""
