package ai.tradesense.testkit.contract;

/// What transports may differ in when something breaks. The suite asserts what is declared, and the opposite
/// of what is not.
public enum FaultTrait {
    /// An event that is sent again, because the answer to the first time was lost, is stored once; otherwise
    /// it comes twice.
    STORES_ONCE,
    /// It asks again by itself when an answer is lost, so that one lost answer is nothing a publisher is told of.
    ASKS_AGAIN,
    /// A member that shows no life loses its partitions to another one after a while, and is told; otherwise
    /// it keeps them as long as its connections stay open.
    LEASES
}
