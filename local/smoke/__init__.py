"""`make smoke STACK=…`: checks a deployed stack from outside, with the AWS credentials of the shell."""
