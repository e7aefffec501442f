package ai.tradesense.rabbitmq;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// A node of a cluster, by where it listens.
record Node(String host, int port) {
    /// The node that a URL names.
    static Node of(URI url, int standardPort) {
        return new Node(url.getHost(), url.getPort() < 0 ? standardPort : url.getPort());
    }

    /// A URL may name several nodes, and says the rest once: `amqp://user:password@one:5672,two:5672/vhost`.
    ///
    /// @return the same URL with one node only, for each of them; whether they can be read is not looked at
    static List<String> urls(String url) {
        int scheme = url.indexOf("://");
        if (scheme < 0) {
            return List.of(url);
        }
        int authority = scheme + 3;
        int end = authority;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        int nodes = Math.max(authority, url.lastIndexOf('@', end - 1) + 1);
        String before = url.substring(0, nodes);
        String after = url.substring(end);
        return Arrays.stream(url.substring(nodes, end).split(",", -1))
                .map(node -> before + node.strip() + after)
                .toList();
    }

    /// Where all of them listen.
    static String text(List<Node> nodes) {
        return nodes.stream().map(Node::toString).collect(Collectors.joining(","));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
