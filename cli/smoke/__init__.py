"""`smoke`: checks a deployed stack from outside."""
