package ai.tradesense.testkit.contract;

/// What transports may differ in. The suite asserts what is declared, and the opposite of what is not.
public enum TransportTrait {
    /// Events and positions are there again when the transport is opened a second time; otherwise it begins
    /// empty.
    SURVIVES_RESTART,
    /// Every key is of the same partition; otherwise there are several.
    ONE_PARTITION,
    /// [ai.tradesense.transport.Subscription#lag] is a count; otherwise it is an estimate, which is 0 when
    /// nothing is left and more when something is.
    EXACT_LAG,
    /// Publishers wait when [TransportSuite#capacity] events are not settled; otherwise they never wait for
    /// consumers.
    BOUNDED
}
