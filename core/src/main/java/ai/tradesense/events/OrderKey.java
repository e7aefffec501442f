package ai.tradesense.events;

/// What order is kept by: the events of one subject within one domain are processed in the order of publishing.
public record OrderKey(String domain, String subject) {
    @Override
    public String toString() {
        return domain + "/" + subject;
    }
}
