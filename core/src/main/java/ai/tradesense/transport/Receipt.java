package ai.tradesense.transport;

/// What a transport needs to settle a delivery. Opaque to everybody else; its text form names the place of the
/// event, so that an operator can find it.
public interface Receipt {}
