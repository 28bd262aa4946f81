"""HTTP: requests in, responses and problem documents out, and the static files of the web pages."""
