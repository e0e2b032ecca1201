using System.Net.Mime;
using Microsoft.AspNetCore.Mvc;

namespace SaeDashboard.Web.Api;

/// <summary>What an endpoint says of itself for the document; every endpoint of the API uses these.</summary>
internal static class ApiDescription
{
    private const string ProblemJson = "application/problem+json";

    /// <summary>Its name for programs, its heading and what more there is to say.</summary>
    /// <param name="builder">The endpoint.</param>
    /// <param name="name">The operation's id: "listFeatures".</param>
    /// <param name="summary">One line.</param>
    /// <param name="description">More, with units; null: the summary says it all.</param>
    public static RouteHandlerBuilder Says(this RouteHandlerBuilder builder, string name, string summary, string? description = null)
    {
        builder.WithName(name).WithSummary(summary);
        return description is null ? builder : builder.WithDescription(description);
    }

    /// <summary>The query parameters it takes. Any other is refused.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder builder, params ApiParameter[] parameters) => builder.WithMetadata(new ApiParameters(parameters));

    /// <summary>It gives a part of a list.</summary>
    public static RouteHandlerBuilder Lists<T>(this RouteHandlerBuilder builder, params ApiParameter[] parameters) =>
        builder.Takes([.. parameters, ApiPaging.Limit, ApiPaging.Offset]).Produces<ApiPage<T>>();

    /// <summary>An error it can answer, with what it means.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder builder, int status, string meaning) =>
        builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), [ProblemJson]) { Description = meaning });

    /// <summary>It reads a body. Not the framework's own Accepts, which would have a request with another type of content match no endpoint.</summary>
    public static RouteHandlerBuilder Reads<T>(this RouteHandlerBuilder builder, string mediaType = MediaTypeNames.Application.Json) => builder.WithMetadata(new ApiBodyOf(typeof(T), mediaType));

    /// <summary>It sends a WAV file, with ranges.</summary>
    public static RouteHandlerBuilder SendsSound(this RouteHandlerBuilder builder) => builder
        .Sends(StatusCodes.Status200OK, "audio/wav", "The whole file.").Sends(StatusCodes.Status206PartialContent, "audio/wav", "The part that the header Range asks for.");

    /// <summary>It sends a file.</summary>
    public static RouteHandlerBuilder Sends(this RouteHandlerBuilder builder, int status, string mediaType, string meaning) =>
        builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Stream), [mediaType]) { Description = meaning });
}

/// <summary>The body that an endpoint reads. Metadata of the endpoint.</summary>
/// <param name="Type">What it is; a stream: a file.</param>
/// <param name="MediaType">Its type of content.</param>
internal sealed record ApiBodyOf(Type Type, string MediaType);
