package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.worker.BatchWorker;
import ai.tradesense.worker.EventWorker;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/// Batch workers that do something wrong, in place of a dispatcher that did.
final class BrokenBatches {
    private BrokenBatches() {}

    @FunctionalInterface
    private interface Broken {
        void processBatch(List<DomainEvent> events, Right right) throws Throwable;
    }

    /// What is right.
    @FunctionalInterface
    private interface Right {
        void process(List<DomainEvent> events) throws Throwable;
    }

    private static EventWorker broken(EventWorker worker, Broken broken) {
        if (!(worker instanceof BatchWorker)) {
            return worker;
        }
        return (EventWorker) Proxy.newProxyInstance(
                BatchWorker.class.getClassLoader(), new Class<?>[] {BatchWorker.class}, (proxy, method, given) -> {
                    try {
                        if (!method.getName().equals("processBatch")) {
                            return method.invoke(worker, given);
                        }
                        broken.processBatch(events(given[0]), events -> method.invoke(worker, events, given[1]));
                        return null;
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }

    @SuppressWarnings("unchecked") // the first argument of processBatch
    private static List<DomainEvent> events(Object argument) {
        return (List<DomainEvent>) argument;
    }

    static EventWorker acknowledgingAllAlthoughOneFailed(EventWorker worker) {
        return broken(worker, (events, right) -> {
            try {
                right.process(events);
            } catch (InvocationTargetException failed) {
                if (events.size() == 1 || failed.getCause() instanceof Error) {
                    throw failed;
                }
            }
        });
    }

    static EventWorker processingNewestFirst(EventWorker worker) {
        return broken(worker, (events, right) -> right.process(events.reversed()));
    }
}
