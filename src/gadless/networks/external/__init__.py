"""Networks made elsewhere: one module a format. Their libraries are optional and imported late."""
