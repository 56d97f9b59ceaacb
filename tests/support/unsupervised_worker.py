"""Рабочий процесс без надзирателя; запуск — ``python -m`` и имя этого модуля."""

from multiprocessing import Pipe

from entrypoints.service import serve_requests

if __name__ == "__main__":
    serve_requests([], Pipe(duplex=False)[1])
