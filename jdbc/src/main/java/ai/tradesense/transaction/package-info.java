/// Events and effects in the caller's own database transaction: [ai.tradesense.transaction.Outbox] publishes an
/// event if and only if the transaction commits, [ai.tradesense.transaction.Inbox] has an event take effect once,
/// [ai.tradesense.transaction.Projector] keeps a read model up with the event store.
@NullMarked
package ai.tradesense.transaction;

import org.jspecify.annotations.NullMarked;
