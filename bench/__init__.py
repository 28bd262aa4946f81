"""Every figure of docs that can be measured on one machine: `python -m bench --help`."""
