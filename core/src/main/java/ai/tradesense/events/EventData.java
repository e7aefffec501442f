package ai.tradesense.events;

/// The typed data of an event: a record that bears an [EventName] and knows whose event it is.
public interface EventData {
    /// The key of the event: the id of the account, challenge, user or position that it is about. Events of one
    /// subject within one domain are processed in the order in which they were published.
    String subject();
}
