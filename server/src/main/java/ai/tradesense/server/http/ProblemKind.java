package ai.tradesense.server.http;

import java.util.Locale;

/// The problems that calls can end in. Each has a URN of its own, so that programs need not read sentences.
public enum ProblemKind {
    MALFORMED_EVENT(400, "The event is malformed"),
    INVALID_PARAMETER(400, "A parameter is not valid"),
    BAD_REQUEST(400, "The request is malformed"),
    FORBIDDEN(403, "The call comes from somewhere it may not come from"),
    NOT_FOUND(404, "There is nothing here"),
    METHOD_NOT_ALLOWED(405, "The method is not supported here"),
    NOT_ACCEPTABLE(406, "No representation is acceptable to the caller"),
    CONFLICT(409, "Somebody else was faster"),
    TOO_LARGE(413, "The request is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "The media type is not supported"),
    UNKNOWN_EVENT_TYPE(422, "The event type is not known"),
    INVALID_DATA(422, "The data does not fit its schema"),
    INVALID_CORRECTION(422, "The correction does not fit the event that it corrects"),
    INVALID_OPERATION(422, "The operation cannot be carried out as it was ordered"),
    INVALID_HOLD(422, "The legal hold makes no sense as it was ordered"),
    TOO_MANY_REQUESTS(429, "Too much is under way"),
    INTERNAL_ERROR(500, "The server made a mistake"),
    NOT_SUPPORTED(501, "The platform is not set up for this"),
    UNAVAILABLE(503, "The platform is not available");

    private final int status;
    private final String title;

    ProblemKind(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    String title() {
        return title;
    }

    public String urn() {
        return "urn:tradesense:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
