package ai.tradesense.testkit.simulation;

/// What must be true of every run.
public enum Invariant {
    /// Every event that was published is, for each group that wants it, somewhere; every tick that was due was
    /// published.
    LOST,
    /// No group has anything that was not published for it.
    UNEXPECTED,
    /// Within a group, a domain and a subject, events take effect for the first time in the order of publishing, none
    /// before those ahead of it are done with, and never two at once.
    ORDER,
    /// At rest an event is in one place for each group: processed, waiting, dead or in quarantine; and it was not given
    /// up before its time.
    PLACE,
    /// What was processed took effect, and only once where no crash and no lost partition could have repeated
    /// it; a tick of a schedule as one event, whoever published it.
    EFFECTS,
    /// An instance begins nothing, and commits nothing, of a partition that it knows to be lost.
    STALE,
    /// Nothing is settled that is in no place: the position of a group never passes it.
    CURSOR,
    /// When faults cease, the system comes to rest: nothing in flight, nothing owed, no lag.
    REST
}
