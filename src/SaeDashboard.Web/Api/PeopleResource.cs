using Microsoft.AspNetCore.Authentication;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>
/// Who is at this browser. There are no accounts yet: the site listens on this machine alone, and a person at it may say who they are (decision
/// 0044). Several people who annotate are several people in what is kept.
/// </summary>
internal static class PeopleResource
{
    private const int MaxBytes = 4 << 10;

    public static void MapPeople(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/people", (HttpContext context, UserRepository users) =>
                Results.Ok(ApiPaging.Of(context, [.. users.List().Where(user => PeopleRules.IsHere(user.Id))], user => ApiPerson.Of(user, context.User.ToActor()))))
            .Says("listPeople", "The people of this site, by name").Lists<ApiPerson>();
        app.MapGet(ApiSetup.Root + "/me", (HttpContext context, UserRepository users) => Results.Ok(ApiPerson.Of(context.User.ToActor(), users)))
            .Says("getMe", "Who you are: the person of this browser").Takes().Produces<ApiPerson>();
        app.MapPut(ApiSetup.Root + "/me", ChooseAsync)
            .Says("setMe", "Says who is at this browser", "With person, the id of a person who is here; with name, a new person of that name. The answer sets a cookie; a program keeps it to write as that person.")
            .Takes().Reads<PersonChoice>().Produces<ApiPerson>().Fails(404, "There is no such person.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
    }

    private static async Task<IResult> ChooseAsync(HttpContext context, UserRepository users, IStoreAccess store)
    {
        var (body, problem) = await ApiBody.ReadAsync<PersonChoice>(context, MaxBytes, "a person", """{"name": "Ada"}""");
        if (problem is not null) return problem;
        if (body!.Person is null == body.Name is null) return ApiProblems.Refused("Give person, the id of a person who is here, or name, a new person's.");
        UserRow person;
        try
        {
            if (body.Person is { } id)
            {
                if (!PeopleRules.IsHere(id) || users.Find(id) is not { } found) return ApiProblems.NotFound("There is no such person here.");
                person = found;
            }
            else
            {
                person = store.Write(() => users.Add(body.Name!, context.User.ToActor()));
            }
        }
        catch (UserException error)
        {
            return ApiProblems.Refused(error.Message);
        }
        var actor = new Actor(person.Id, person.Name);
        await context.SignInAsync(LocalPerson.Scheme, LocalPerson.Principal(actor), new AuthenticationProperties { IsPersistent = true });
        return Results.Ok(ApiPerson.Of(person, actor));
    }
}

/// <summary>A person of this site.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Name">What others see. <example>Ada</example></param>
/// <param name="Me">Whether it is you.</param>
public sealed record ApiPerson(string Id, string Name, bool Me)
{
    internal static ApiPerson Of(UserRow user, Actor reader) => new(user.Id, user.Name, user.Id == reader.UserId);

    internal static ApiPerson Of(Actor actor, UserRepository users) => new(actor.UserId, users.Find(actor.UserId)?.Name ?? actor.Name, true);
}

/// <summary>Who is at this browser; one of the two.</summary>
/// <param name="Person">The id of a person who is here.</param>
/// <param name="Name">A new person's name. <example>Bob</example></param>
internal sealed record PersonChoice(string? Person = null, string? Name = null);
