using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Api;

/// <summary>Blind tests (ABX) of two arms of a complete take.</summary>
internal static class AbxResource
{
    private const int MaxBytes = 4 << 10;

    public static void MapAbx(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/takes/{take}/abx", (string take, TakeService takes) =>
                Found(take, takes) is { } view ? Results.Ok(view.Blind.Select(ApiAbxTest.Of)) : NoSuch(take))
            .Says("listBlindTests", "The finished blind tests of a take's arms, oldest first").Takes().Produces<IEnumerable<ApiAbxTest>>().Fails(404, "There is no such take.");
        app.MapPost(ApiSetup.Root + "/takes/{take}/abx", BeginAsync)
            .Needs(Access.Annotate).Says("beginBlindTest", "Begins a blind test of two arms", "The order of the trials and which arm is called A are drawn from a seed that comes with the result. A test that is not finished is not kept.")
            .Takes().Reads<ApiAbxRequest>().Produces<ApiAbxBegun>(201)
            .Fails(404, "There is no such take.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        app.MapGet(ApiSetup.Root + "/takes/{take}/abx/{test}/{trial:int}/{part}.wav", Sound)
            .Says("getBlindSound", "A sound of a trial: a, b or x", "It is not said which arm it is.").Takes().SendsSound()
            .Fails(404, "There is no such test or sound, or it is finished and was forgotten.").Fails(503, "The file cannot be read.");
        app.MapPut(ApiSetup.Root + "/takes/{take}/abx/{test}/{trial:int}", AnswerAsync)
            .Needs(Access.Annotate).Says("answerBlindTrial", "Says whether X is A or B", "Trials are counted from 0 and answered in turn. The last answer gives the result, which is kept with the take.")
            .Takes().Reads<ApiAbxAnswer>().Produces<ApiAbxState>()
            .Fails(404, "There is no such test.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
    }

    private static async Task<IResult> BeginAsync(string take, HttpContext context, TakeService takes, AbxSessions sessions)
    {
        var (body, problem) = await ApiBody.ReadAsync<ApiAbxRequest>(context, MaxBytes, "a blind test", """{"first": "A", "second": "C", "trials": 16}""");
        if (problem is not null) return problem;
        if (Found(take, takes) is not { } view) return NoSuch(take);
        return ApiProblems.Try(() =>
        {
            var session = sessions.Begin(view, body!.First, body.Second, body.Trials, context.User.ToActor());
            return Results.Created($"{ApiSetup.Root}/takes/{take}/abx/{session.Id}", new ApiAbxBegun(session.Id, session.Order.Length));
        }, StatusCodes.Status400BadRequest);
    }

    private static IResult Sound(string take, string test, int trial, string part, HttpContext context, TakeService takes, AbxSessions sessions)
    {
        if (sessions.Find(take, test, context.User.ToActor()) is not { } session || session.ArmOf(trial, part) is not { } arm) return NoTest(test);
        if (takes.Refresh(take) is not (_, { } folder)) return NoSuch(take);
        try
        {
            if (takes.OpenSound(folder, arm) is not { } file) return NoSuch(take);
            // X and the sound that it is have the same bytes: neither an address nor a tag nor a time says so.
            context.Response.Headers.CacheControl = "no-store";
            return Results.File(file, "audio/wav");
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<IResult> AnswerAsync(string take, string test, int trial, HttpContext context, AbxSessions sessions)
    {
        var (body, problem) = await ApiBody.ReadAsync<ApiAbxAnswer>(context, MaxBytes, "an answer", """{"x": "A"}""");
        if (problem is not null) return problem;
        if (sessions.Find(take, test, context.User.ToActor()) is not { } session) return NoTest(test);
        return ApiProblems.Try(() =>
        {
            var done = sessions.Answer(session, trial, body!.X);
            return Results.Ok(new ApiAbxState(session.Answers.Length, session.Order.Length, done is null ? null : ApiAbxTest.Of(done)));
        }, StatusCodes.Status400BadRequest);
    }

    private static TakeView? Found(string take, TakeService takes) => Ids.IsValid("take", take) && takes.Refresh(take) is ({ } view, _) ? view : null;

    private static IResult NoSuch(string take) => ApiProblems.NotFound($"There is no take '{take}'. {ApiSetup.Root}/takes lists what there is.");

    private static IResult NoTest(string test) => ApiProblems.NotFound($"There is no blind test '{(Ids.IsValid("abx", test) ? test : "of that id")}' that you are hearing, or no such sound in it. Begin another one.");
}

/// <summary>What a blind test compares.</summary>
/// <param name="First">An arm. <example>A</example></param>
/// <param name="Second">Another arm. <example>C</example></param>
/// <param name="Trials">How many trials, 5 to 50. <example>16</example></param>
public sealed record ApiAbxRequest(string First, string Second, int Trials = 16);

/// <summary>A blind test that was begun.</summary>
/// <param name="Id">Its id. <example>abx-20261130-101502-x7k2</example></param>
/// <param name="Trials">How many trials it has.</param>
public sealed record ApiAbxBegun(string Id, int Trials);

/// <summary>An answer.</summary>
/// <param name="X">What X is: A or B. <example>A</example></param>
public sealed record ApiAbxAnswer(string X);

/// <summary>How far a blind test is.</summary>
/// <param name="Answered">Trials that are answered.</param>
/// <param name="Trials">Trials in all.</param>
/// <param name="Result">The finished test; null: there are more trials.</param>
public sealed record ApiAbxState(int Answered, int Trials, ApiAbxTest? Result);

/// <summary>A finished blind test.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Person">Who listened.</param>
/// <param name="ArmA">The arm that was called A.</param>
/// <param name="ArmB">The arm that was called B.</param>
/// <param name="Right">Right answers.</param>
/// <param name="Trials">Trials.</param>
/// <param name="P">The chance of that number of right answers or more by guessing: exact, one-sided binomial.</param>
/// <param name="Seed">What the order was drawn from: X of trial t is the lowest bit of the first byte of SHA-256 of "seed/t", 0 for A.</param>
/// <param name="Order">What X was in each trial.</param>
/// <param name="Answers">What was answered.</param>
/// <param name="AtUtc">When it was finished.</param>
public sealed record ApiAbxTest(string Id, string Person, string ArmA, string ArmB, int Right, int Trials, double P, string Seed, string Order, string Answers, DateTimeOffset AtUtc)
{
    internal static ApiAbxTest Of(AbxRow test) =>
        new(test.Id, test.Person, test.ArmA, test.ArmB, test.Right, test.Trials, test.Chance, test.Seed, test.Order, test.Answers, test.AtUtc);
}
