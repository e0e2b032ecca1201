using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using SaeDashboard.Core;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Data.Uploads;

/// <summary>
/// Uploads by the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload) with the extensions creation and termination, for any tus client,
/// and one request more, which makes a folder of uploaded files.
/// </summary>
internal static class UploadEndpoints
{
    private const string Version = "1.0.0", Chunk = "application/offset+octet-stream", Address = ApiSetup.Root + "/uploads";
    private const int MaxBody = 4 << 20;

    public static void MapUploads(this IEndpointRouteBuilder app)
    {
        app.MapMethods(Address, [HttpMethods.Options], (HttpContext context, UploadStore uploads) =>
            {
                context.Response.Headers["Tus-Resumable"] = context.Response.Headers["Tus-Version"] = Version;
                context.Response.Headers["Tus-Extension"] = "creation,termination";
                context.Response.Headers["Tus-Max-Size"] = uploads.MaxBytes.ToString(CultureInfo.InvariantCulture);
                return Results.NoContent();
            })
            .Says("uploadOptions", "What of the tus protocol is understood").Produces(204);
        app.MapPost(Address, (HttpContext context, UploadStore uploads) => Try(context, () => Create(context, uploads)))
            .Says("createUpload", "Begins an upload (tus: creation)", "Headers: Tus-Resumable 1.0.0, Upload-Length (bytes), Upload-Metadata with filename (base64), a path relative to the folder that is made. Location names the upload.")
            .Produces<UploadState>(201).Fails(400, "A header is missing or wrong.").Fails(412, "Another version of tus.").Fails(413, "It is too long.").Fails(507, "The disk has no room.");
        app.MapGet(Address + "/{upload}", (string upload, HttpContext context, UploadStore uploads) => Try(context, () => With(upload, context, uploads, info =>
            {
                Say(context, info, uploads.Offset(info));
                return Results.Ok(new UploadState(info.Id, info.Path, info.Length, uploads.Offset(info)));
            })))
            .Says("getUpload", "How far an upload is (tus: HEAD)", "Also in the headers Upload-Offset and Upload-Length.").Takes().Produces<UploadState>().Fails(404, "There is no such upload.").Fails(412, "Another version of tus.");
        app.MapPatch(Address + "/{upload}", (string upload, HttpContext context, UploadStore uploads) => TryAsync(context, () => AppendAsync(upload, context, uploads)))
            .Says("appendToUpload", "Sends the next bytes of an upload (tus: PATCH)", "Headers: Tus-Resumable 1.0.0, Upload-Offset. What arrives before a connection breaks is kept.").Takes().Reads<Stream>(Chunk)
            .Produces(204).Fails(400, "A header is missing or wrong.").Fails(404, "There is no such upload.").Fails(409, "The offset is another.").Fails(412, "Another version of tus.").Fails(413, "More bytes than announced.")
            .Fails(415, "The body is of another type.").Fails(423, "Another request writes to it.").Fails(507, "The disk is full.");
        app.MapDelete(Address + "/{upload}", (string upload, HttpContext context, UploadStore uploads) => Try(context, () => With(upload, context, uploads, info =>
            {
                uploads.Delete(info);
                return Results.NoContent();
            })))
            .Says("deleteUpload", "Cancels an upload (tus: termination)").Takes().Produces(204).Fails(404, "There is no such upload.").Fails(412, "Another version of tus.");
        app.MapPost(Address + "/finish", FinishAsync)
            .Says("finishUploads", "Makes a model, an SAE, a dataset or a folder of sounds of uploaded files", "They are read and hashed first. What is refused leaves the uploads as they are. A zip or tar file stands for its files.")
            .Reads<UploadFinish>().Produces<UploadedFolder>().Fails(400, "They cannot be used; the detail says why.").Fails(404, "There is no such upload.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
    }

    private static IResult Create(HttpContext context, UploadStore uploads)
    {
        var headers = context.Request.Headers;
        if (!long.TryParse(headers["Upload-Length"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return ApiProblems.Refused("The header Upload-Length is missing: the number of bytes.");
        if (FileName(headers["Upload-Metadata"].ToString()) is not { } name) return ApiProblems.Refused("The header Upload-Metadata has no filename: “filename” and its name in base64, in UTF-8.");
        var info = uploads.Create(context.User.ToActor().UserId, name, length);
        // Relative to the site's root, with the path base that a proxy adds.
        context.Response.Headers.Location = $"{context.Request.PathBase}{Address}/{info.Id}";
        Say(context, info, 0);
        return Results.Json(new UploadState(info.Id, info.Path, info.Length, 0), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> AppendAsync(string id, HttpContext context, UploadStore uploads)
    {
        if (uploads.Find(id, context.User.ToActor().UserId) is not { } info) return NoUpload(id);
        if (context.Request.ContentType != Chunk) return Results.Problem($"The body is sent as {context.Request.ContentType}; tus sends {Chunk}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        if (!long.TryParse(context.Request.Headers["Upload-Offset"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)) return ApiProblems.Refused("The header Upload-Offset is missing: how many bytes are here.");
        // The upload's own length is the limit.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var now = await uploads.AppendAsync(info, offset, context.Request.Body, context.Request.ContentLength, context.RequestAborted);
        Say(context, info, now);
        return Results.NoContent();
    }

    private static async Task<IResult> FinishAsync(HttpContext context, UploadStore uploads, UploadInstaller installer)
    {
        var (body, problem) = await ApiBody.ReadAsync<UploadFinish>(context, MaxBody, "what to make of uploads", """{"uploads": ["upload-…"], "kind": "sae", "name": "mine"}""");
        if (body is null) return problem!;
        var actor = context.User.ToActor();
        var infos = new List<UploadInfo>();
        foreach (var id in body.Uploads.Distinct(StringComparer.Ordinal))
        {
            if (uploads.Find(id, actor.UserId) is not { } info) return NoUpload(id);
            infos.Add(info);
        }
        try
        {
            // A large model takes a while to hash; the request waits for it.
            return Results.Ok(await Task.Run(() => installer.Install(infos, body.Kind, body.Name, actor, context.RequestAborted), context.RequestAborted));
        }
        catch (UserException error)
        {
            return ApiProblems.Refused(error.Message);
        }
    }

    private static IResult With(string id, HttpContext context, UploadStore uploads, Func<UploadInfo, IResult> answer) =>
        uploads.Find(id, context.User.ToActor().UserId) is { } info ? answer(info) : NoUpload(id);

    private static IResult NoUpload(string id) => ApiProblems.NotFound($"There is no upload '{id}': it was finished, cancelled, or was not continued for too long.");

    private static void Say(HttpContext context, UploadInfo info, long offset)
    {
        context.Response.Headers["Upload-Offset"] = offset.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["Upload-Length"] = info.Length.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
    }

    private static IResult Try(HttpContext context, Func<IResult> answer) => TryAsync(context, () => Task.FromResult(answer())).GetAwaiter().GetResult();

    private static async Task<IResult> TryAsync(HttpContext context, Func<Task<IResult>> answer)
    {
        context.Response.Headers["Tus-Resumable"] = Version;
        // A person who looks at the address in a browser is no tus client.
        if (context.Request.Headers["Tus-Resumable"].ToString() is var version && version != Version && !(version.Length == 0 && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))))
        {
            context.Response.Headers["Tus-Version"] = Version;
            return Results.Problem($"The header Tus-Resumable is “{version}”; this site speaks {Version}.", statusCode: StatusCodes.Status412PreconditionFailed);
        }
        try
        {
            return await answer();
        }
        catch (UploadRefusedException error)
        {
            return Results.Problem(error.Message, statusCode: error.Status);
        }
        catch (UserException error)
        {
            return ApiProblems.Unavailable(error.Message);
        }
    }

    /// <summary>The file's name among the metadata: pairs of a key and base64, with commas between them.</summary>
    private static string? FileName(string metadata)
    {
        foreach (var pair in metadata.Split(','))
        {
            if (pair.Trim().Split(' ') is not ["filename", var encoded]) continue;
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(encoded));
            }
            catch (Exception error) when (error is FormatException or ArgumentException)
            {
                return null;
            }
        }
        return null;
    }
}

/// <summary>How far an upload is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Path">The file's name, with the folders it is in.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Offset">Bytes that are here.</param>
public sealed record UploadState(string Id, string Path, long Length, long Offset);

/// <summary>What to make of uploaded files.</summary>
/// <param name="Uploads">The uploads' ids.</param>
/// <param name="Kind">What they are.</param>
/// <param name="Name">The name of the folder that is made.</param>
public sealed record UploadFinish(IReadOnlyList<string> Uploads, UploadKind Kind, string Name);
