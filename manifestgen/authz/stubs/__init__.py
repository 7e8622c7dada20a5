"""The stubs that `make stubs` generates from the .proto files; not written by hand."""

from manifestgen.authz import grpc_import  # noqa: F401 - reports what to install where protobuf is missing
