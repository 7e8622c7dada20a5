"""The authorization check contract between Envoy and Dikastes: messages, a client, its cases, a stand-in server.

Nothing outside this package imports grpc or protobuf, and this package imports of manifestgen only its errors.
"""
