"""The local console: a web page on which a developer sees and drives the stack that `make dev` runs.

The dev tool serves it on a port of its own, on 127.0.0.1 only. It is no part of the product's stack: it reads and
changes that stack as a developer could with AWS's APIs, and the embedded cloud's clock and faults by HTTP.
"""
