package ai.tradesense.testkit.services;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A RabbitMQ of several nodes, each a process of its own, for what happens when one of them is gone. More than half
/// of them must live for queues and streams to be led by another one. For use by one thread.
public final class RabbitCluster implements AutoCloseable {
    private final List<RabbitServer> nodes;

    private RabbitCluster(List<RabbitServer> nodes) {
        this.nodes = nodes;
    }

    /// Starts one.
    public static RabbitCluster started(int nodes) {
        RabbitCluster cluster = new RabbitCluster(RabbitServer.preparedAsCluster(nodes));
        try {
            cluster.nodes.getFirst().start();
            cluster.startTogether(cluster.nodes.subList(1, nodes));
            cluster.nodes.forEach(RabbitServer::streams); // waits until they are there
        } catch (RuntimeException failure) {
            cluster.close();
            throw failure;
        }
        return cluster;
    }

    private void startTogether(List<RabbitServer> some) {
        try (ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starting = new ArrayList<>();
            some.forEach(node -> starting.add(starters.submit(node::start)));
            for (Future<?> each : starting) {
                each.get();
            }
        } catch (ExecutionException failure) {
            throw new ServiceException("a node of the cluster did not start", failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted while the cluster was started", interrupted);
        }
    }

    /// The URL of the virtual host that is there from the beginning, with all nodes, for the user `guest`.
    public String url() {
        return together(RabbitServer::url);
    }

    /// The same for streams.
    public String streamUrl() {
        return together(RabbitServer::streamUrl);
    }

    private String together(Function<RabbitServer, String> url) {
        String first = url.apply(nodes.getFirst());
        return nodes.stream()
                .skip(1)
                .map(url)
                .map(each -> each.substring(each.indexOf('@') + 1))
                .collect(Collectors.joining(",", first + ",", ""));
    }

    /// The node that leads a quorum queue or a stream of that virtual host, as those know that live.
    public RabbitServer leaderOf(String queue) {
        RabbitServer asked =
                nodes.stream().filter(RabbitServer::isRunning).findFirst().orElseThrow();
        String leader = asked.evaluate("{ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"/\">>, queue, <<\""
                + queue + "\">>)), case amqqueue:get_pid(Queue) of {_, Node} -> Node; Pid -> node(Pid) end");
        return nodes.stream()
                .filter(node -> leader.contains(node.nodeName()))
                .findFirst()
                .orElseThrow(() -> new ServiceException(queue + " is led by " + leader, null));
    }

    @Override
    public void close() {
        nodes.forEach(RabbitServer::close);
    }
}
