package ai.tradesense.server.http;

import ai.tradesense.operations.OperationConflictException;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.TransportException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.converter.HttpMessageNotWritableException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/// Turns every failure of a call into a problem document.
@RestControllerAdvice
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final ProblemWriter writer;

    Problems(ProblemWriter writer) {
        this.writer = writer;
    }

    @ExceptionHandler
    void known(ProblemException failure, HttpServletResponse response) throws IOException {
        writer.write(response, failure);
    }

    @ExceptionHandler
    void conflict(OperationConflictException failure, HttpServletResponse response) throws IOException {
        writer.write(response, new ProblemException(ProblemKind.CONFLICT, String.valueOf(failure.getMessage())));
    }

    @ExceptionHandler
    void noSuchPath(NoResourceFoundException failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        writer.write(
                response,
                new ProblemException(
                        ProblemKind.NOT_FOUND,
                        "Nothing is at " + request.getMethod() + " " + request.getRequestURI()
                                + "; the calls are described at /openapi.yaml."));
    }

    @ExceptionHandler
    void wrongMethod(
            HttpRequestMethodNotSupportedException failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String[] supported = failure.getSupportedMethods();
        String allowed = supported == null ? "" : String.join(", ", supported);
        response.setHeader("Allow", allowed);
        writer.write(
                response,
                new ProblemException(
                        ProblemKind.METHOD_NOT_ALLOWED,
                        failure.getMethod() + " is not supported at " + request.getRequestURI() + "; expected "
                                + allowed + "."));
    }

    @ExceptionHandler
    void notAcceptable(HttpMediaTypeNotAcceptableException failure, HttpServletResponse response) throws IOException {
        writer.write(
                response,
                new ProblemException(
                        ProblemKind.NOT_ACCEPTABLE,
                        "The Accept header asks for something else than " + failure.getSupportedMediaTypes() + "."));
    }

    @ExceptionHandler({StoreException.class, TransportException.class})
    void unavailable(RuntimeException failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        LOG.warn("{} {} failed: {}", request.getMethod(), request.getRequestURI(), failure.getMessage());
        writer.write(
                response,
                ProblemException.retryLater(
                        ProblemKind.UNAVAILABLE, String.valueOf(failure.getMessage()), RETRY_AFTER));
    }

    /// The caller has gone: nobody to tell.
    @ExceptionHandler
    void disconnected(IOException failure, HttpServletRequest request) {
        LOG.debug("{} {} ended early", request.getMethod(), request.getRequestURI(), failure);
    }

    /// Most often because the caller has gone while its answer was on the way.
    @ExceptionHandler
    void notWritable(HttpMessageNotWritableException failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException gone) {
                disconnected(gone, request);
                return;
            }
        }
        unexpected(failure, request, response);
    }

    @ExceptionHandler
    void unexpected(Exception failure, HttpServletRequest request, HttpServletResponse response) throws IOException {
        LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), failure);
        if (!response.isCommitted()) {
            response.reset();
            writer.write(
                    response,
                    new ProblemException(
                            ProblemKind.INTERNAL_ERROR, "The call failed in the server; its log says more."));
        }
    }
}
