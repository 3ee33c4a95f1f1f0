<?php
// Does what each line of its input says, for `cargo xtask interop`; answers with a line each.
declare(strict_types=1);

require __DIR__ . '/ums.php';

function told(Ums\Answer $answer): array
{
    return [
        'outcome' => $answer->outcome, 'key' => $answer->key, 'id' => $answer->id,
        'tries' => $answer->tries, 'replayed' => $answer->replayed,
        'may_repeat' => $answer->mayRepeat, 'stands' => $answer->stands,
        'as_of' => $answer->notExecutedAsOf, 'in_the_way' => $answer->inTheWay,
        'field' => $answer->problem['field'] ?? null,
        'err_code' => $answer->record['err_code'] ?? null, 'why' => $answer->why,
    ];
}

function done(array $step): array
{
    $ums = new Ums\Ums($step['url'], $step['token'], $step['profile'] ?? null, $step['try_s'] ?? 30);
    $within = $step['within'] ?? 20;
    switch ($step['do']) {
        case 'submit':
            $options = ['within' => $within, 'first' => $step['first'] ?? false];
            return told($ums->submit($step['operation'], $step['request'], $step['key'], $options));
        case 'find':
            $answer = $ums->find($step['key']);
            return $answer ? told($answer) : ['none' => true];
        default:
            $record = $ums->read($step['operation'], $step['request'], $within);
            return ['outcome' => $record['outcome'], 'state' => $record['state'] ?? null];
    }
}

while (($line = fgets(STDIN)) !== false) {
    try {
        $answer = done(json_decode($line, true));
    } catch (InvalidArgumentException $error) {
        $answer = ['refused' => $error->getMessage()];
    } catch (Ums\UmsException $error) {
        $answer = ['error' => $error->getMessage()];
    }
    echo json_encode($answer, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    flush();
}
