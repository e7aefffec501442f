/// Contract suites: what every [ai.tradesense.transport.Transport], [ai.tradesense.store.EventStore],
/// [ai.tradesense.parking.ParkingStore] and [ai.tradesense.retention.RetentionStore] must do, as JUnit tests that an
/// implementation passes by extending a
/// class.
///
/// ```java
/// final class MyTransportContractTest extends TransportContract {
///     @Override protected Transport open() { return new MyTransport(…); }
///     @Override protected Set<TransportTrait> traits() { return Set.of(TransportTrait.SURVIVES_RESTART); }
/// }
/// ```
///
/// What implementations may differ in they declare, and it is tested whichever they declare. Nothing is
/// skipped.
@NullMarked
package ai.tradesense.testkit.contract;

import org.jspecify.annotations.NullMarked;
