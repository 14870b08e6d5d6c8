"""The parts of the resolver: spelling, the Hub, services, registries. Its door is ``helicon.audit.resolve``."""

__all__: list[str] = []
