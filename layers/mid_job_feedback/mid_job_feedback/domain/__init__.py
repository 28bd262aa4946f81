"""The functional core: values, rules, transitions, refusals, texts. It imports nothing of the other folders."""
