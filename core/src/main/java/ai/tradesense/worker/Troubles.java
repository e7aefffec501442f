package ai.tradesense.worker;

import org.jspecify.annotations.Nullable;

/// What keeps a worker from its work, in the words that operators read. Safe for use by several threads.
final class Troubles {
    private final Assignment assignment;
    private volatile @Nullable String ofTransport;
    private volatile @Nullable String ofStore;

    Troubles(Assignment assignment) {
        this.assignment = assignment;
    }

    void transportFails(RuntimeException failure) {
        ofTransport = String.valueOf(failure.getMessage());
    }

    void transportAnswers() {
        ofTransport = null;
    }

    void storeFails(RuntimeException failure) {
        ofStore = String.valueOf(failure.getMessage());
    }

    void storeAnswers() {
        ofStore = null;
    }

    /// What operators must know first; null if nothing keeps it.
    @Nullable
    String first() {
        if (!assignment.disowned().isEmpty()) {
            return "another instance has begun to work on " + assignment.disowned()
                    + ", which the transport has not taken from this one; if that lasts, register the worker anew";
        }
        String transport = ofTransport;
        return transport != null ? transport : ofStore;
    }
}
