"""pending-images: Slack chat-ops for the pending images of Samsung Cloud Platform v2."""
