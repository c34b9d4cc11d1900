"""What a serving stack stands on in AWS: plain pulumi-aws resources, each seen by mocks and policies."""
