"""The HTTP API: the guide's, our own and OpenAI's, over any engine that recognises."""
