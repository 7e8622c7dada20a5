"""The authorization check contract between Envoy and Dikastes: messages, a client, test cases, a stand-in server.

Nothing outside this package imports grpc or protobuf. From manifestgen it imports errors, versions and the YAML
reader; it is independent of rendering.
"""
