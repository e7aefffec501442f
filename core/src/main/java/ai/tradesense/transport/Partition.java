package ai.tradesense.transport;

/// A share of a transport's keys. One instance of a group works a partition at a time.
///
/// @param topic the transport's name for what is divided, for example a domain
/// @param number from 0
public record Partition(String topic, int number) {
    @Override
    public String toString() {
        return topic + "-" + number;
    }
}
