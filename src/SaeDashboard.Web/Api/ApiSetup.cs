using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;
using SaeDashboard.Core;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Atlas;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Data.Uploads;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using Scalar.AspNetCore;

namespace SaeDashboard.Web.Api;

/// <summary>The HTTP API: its services, what happens to errors, its endpoints and their document.</summary>
internal static class ApiSetup
{
    /// <summary>The version, which is part of every address (decision 0034).</summary>
    public const string Version = "v1";

    /// <summary>Where every endpoint of the API is.</summary>
    public const string Root = "/api/" + Version;

    /// <summary>The document, from the site's root.</summary>
    public const string DocumentAddress = $"{Root}/openapi.json";

    /// <summary>The page that shows the document.</summary>
    public const string ReferenceAddress = "/scalar";

    public static void AddApi(this IServiceCollection services)
    {
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
        {
            // What a person can correct is said; of anything else the log has the details.
            if (context.Exception is UserException error) context.ProblemDetails.Detail = error.Message;
        });
        services.AddOpenApi(Version, ApiDocument.Describe);
        services.AddSingleton<SaeViews>();
        services.AddSingleton<JobViews>();
        services.AddSingleton<QueueItemViews>();
        services.AddSingleton<JobFeed>();
        // A number is a number: "12" in its place is refused, and the document says so.
        services.Configure<JsonOptions>(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
    }

    /// <summary>An error under /api has a body of problem details, also one that no endpoint answers.</summary>
    public static void UseApiProblems(this WebApplication app) => app.UseWhen(context => context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal), api =>
    {
        api.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = error => error switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                UserException => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            },
        });
        api.UseStatusCodePages();
    });

    /// <summary>The page of the document may load nothing from elsewhere, whatever its script would like to.</summary>
    public static void UseReferenceGuard(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Path.StartsWithSegments(ReferenceAddress, StringComparison.Ordinal))
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self'";
        return next(context);
    });

    /// <summary>Every endpoint below /api. Other topics add theirs to the group, so that their queries are checked and they are in the document.</summary>
    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("").AddEndpointFilter<ApiQueryFilter>();
        api.MapGroup("").WithTags("SAEs").Writes(Access.Research).MapSaes();
        var features = api.MapGroup("").WithTags("Features").Writes(Access.Annotate);
        features.MapFeatureResource();
        features.MapLadderResource();
        features.MapFeatures();
        features.MapFeatureExport();
        api.MapGroup("").WithTags("Lists and views").Writes(Access.Annotate).MapListResource();
        api.MapGroup("").WithTags("Atlas").Writes(Access.Annotate).MapAtlas();
        var labels = api.MapGroup("").WithTags("Labels and ratings").Writes(Access.Annotate);
        labels.MapLabels();
        labels.MapLabelResource();
        labels.MapScores();
        api.MapGroup("").WithTags("Comments").Writes(Access.Annotate).MapComments();
        api.MapGroup("").WithTags("People").Writes(Access.Named).MapPeople();
        var queues = api.MapGroup("").WithTags("Annotation").Writes(Access.Annotate);
        queues.MapQueues();
        queues.MapQueueItems();
        queues.MapAnnotations();
        queues.MapLabelWords();
        queues.MapVoteExport();
        queues.MapOtherFormats();
        api.MapGroup("").WithTags("Labelling").Writes(Access.Research).MapLabelling();
        var data = api.MapGroup("").WithTags("Datasets, clips and models").Writes(Access.Research);
        data.MapDatasets();
        data.MapClips();
        data.MapModels();
        api.MapGroup("").WithTags("Uploads").Writes(Access.Research).MapUploads();
        var runs = api.MapGroup("").WithTags("Runs").Writes(Access.Research);
        runs.MapRuns();
        runs.MapRunEndpoints();
        api.MapGroup("").WithTags("Jobs").Writes(Access.Research).MapJobs();
        var takes = api.MapGroup("").WithTags("Takes").Writes(Access.Generate);
        takes.MapTakeResource();
        takes.MapAbx();
        takes.MapTakes();
        takes.MapSetUps();
        api.MapGroup("").WithTags("Search by sound").Writes(Access.Generate).MapListening();
        api.MapGroup("").WithTags("Presets").Writes(Access.Generate).MapPresets();
        api.MapGroup("").WithTags("Export and import").Writes(Access.Research).MapExchange();

        app.MapOpenApi("/api/{documentName}/openapi.json").RequireAuthorization(Access.Read);
        app.MapScalarApiReference(ReferenceAddress, ApiDocument.Show).Writes(Access.Read);
        app.MapGet("/api", () => Results.LocalRedirect("~" + ReferenceAddress + "/")).RequireAuthorization(Access.Read).ExcludeFromDescription();
        // Without it an unknown address below /api would be answered by the page for unknown addresses.
        app.Map("/api/{**rest}", (HttpContext context, EndpointDataSource endpoints) => ApiProblems.NoEndpoint(context.Request, endpoints)).RequireAuthorization(Access.Read).ExcludeFromDescription();
    }
}
