"""The authorization check contract between Envoy and Dikastes: messages, a client, its cases, a stand-in server.

Nothing outside this package imports grpc or protobuf. Of manifestgen it imports errors, versions and the reading of
YAML: it stands apart from rendering.
"""
